"""Recovery codes are ten, unlike, and hard to guess or misread."""

from serai.modules.identity import recovery


def test_ten_codes_are_made_that_have_nothing_in_common() -> None:
    codes = recovery.new_codes()
    assert len(set(codes)) == recovery.COUNT == 10
    assert all(len(code) == 11 and code[5] == "-" for code in codes)
    assert not set("01lio") & set("".join(codes))


async def test_how_a_code_is_typed_does_not_matter() -> None:
    salt = b"salt" * 4
    assert await recovery._hash("abcde-fghjk", salt) == await recovery._hash(" ABCDE fghjk", salt)
    assert await recovery._hash("abcde-fghjk", salt) != await recovery._hash("abcde-fghjk", b"tlas" * 4)
