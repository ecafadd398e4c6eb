"""the ledger: accounts, transfers, entries, and the one function that posts."""

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB, TIMESTAMP

from serai.migrations.rls import OF_ACCOUNT, protect

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_INSTANT = TIMESTAMP(timezone=True)
_BIG = sa.BigInteger()
# (kind, debits make it larger, its balance is kept, its balance may not go below)
_CHART = (
    ("wallet", False, True, 0),
    ("wallet_held", False, True, 0),
    ("receivable", True, True, None),
    ("revenue", False, False, None),
    ("deferred_revenue", False, False, None),
    ("tax_payable", False, False, None),
    ("gateway_clearing", True, False, None),
    ("gateway_fees", True, False, None),
    ("bank", True, False, None),
    ("adjustments", True, False, None),
    ("write_offs", True, False, None),
    ("commission_expense", True, False, None),
    ("commission_payable", False, True, 0),
)


def upgrade() -> None:
    _make_tables()
    for kind, debit_normal, keeps_balance, least in _CHART:
        op.execute(
            sa.text("INSERT INTO ledger_kinds VALUES (:kind, :debit, :keeps, :least)").bindparams(
                sa.bindparam("least", least, sa.BigInteger()),
                kind=kind,
                debit=debit_normal,
                keeps=keeps_balance,
            )
        )
    for statement in (_BALANCED, _APPEND_ONLY, *_TRIGGERS, _DIGEST, _PLACES, _POST, _SET_LEAST):
        op.execute(statement)
    for table in ("ledger_accounts", "ledger_transfers", "ledger_entries"):
        protect(table, OF_ACCOUNT)


def _make_tables() -> None:
    op.create_table(
        "ledger_kinds",
        sa.Column("kind", sa.Text(), primary_key=True),
        sa.Column("debit_normal", sa.Boolean(), nullable=False),
        sa.Column("keeps_balance", sa.Boolean(), nullable=False),
        sa.Column("least", _BIG),
    )
    op.create_table(
        "ledger_accounts",
        sa.Column("id", _BIG, sa.Identity(always=True), primary_key=True),
        sa.Column("kind", sa.Text(), sa.ForeignKey("ledger_kinds.kind"), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),  # '' for the platform's own
        sa.Column("party", sa.Text(), nullable=False, server_default=""),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("debit_normal", sa.Boolean(), nullable=False),
        sa.Column("balance", _BIG),
        sa.Column("least", _BIG),
        sa.UniqueConstraint(
            "kind",
            "account_id",
            "party",
            "currency",
            name="uq_ledger_accounts_place",
        ),
        sa.CheckConstraint("least IS NULL OR balance >= least", name="enough"),
    )
    op.create_index("ix_ledger_accounts_account_id", "ledger_accounts", ["account_id"])
    op.create_table(
        "ledger_transfers",
        sa.Column("id", _BIG, sa.Identity(always=True), primary_key=True),
        sa.Column("key", sa.Text(), nullable=False, unique=True),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("currency", sa.Text(), nullable=False),
        sa.Column("memo", JSONB(), nullable=False),
        sa.Column("at", _INSTANT, nullable=False),
    )
    op.create_index("ix_ledger_transfers_account_id_id", "ledger_transfers", ["account_id", "id"])
    op.create_index("ix_ledger_transfers_subject", "ledger_transfers", ["subject"])
    op.create_index("ix_ledger_transfers_at", "ledger_transfers", ["at"])
    op.create_table(
        "ledger_entries",
        sa.Column("transfer_id", _BIG, sa.ForeignKey("ledger_transfers.id"), primary_key=True),
        sa.Column("line", sa.SmallInteger(), primary_key=True),
        sa.Column("ledger_account_id", _BIG, nullable=False),
        sa.Column("account_id", sa.Text(), nullable=False),
        sa.Column("amount", _BIG, nullable=False),
        sa.CheckConstraint("amount <> 0", name="moves"),
    )
    op.create_index(
        "ix_ledger_entries_of_account",
        "ledger_entries",
        ["ledger_account_id", "transfer_id"],
        postgresql_include=["amount"],
    )


_BALANCED = """
CREATE FUNCTION ledger_entries_balance() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE wrong bigint;
BEGIN
    SELECT transfer_id INTO wrong FROM inserted GROUP BY transfer_id HAVING sum(amount) <> 0 LIMIT 1;
    IF wrong IS NOT NULL THEN
        RAISE EXCEPTION 'the entries of transfer % do not add up to zero', wrong USING ERRCODE = 'SE001';
    END IF;
    RETURN NULL;
END $$
"""

_APPEND_ONLY = """
CREATE FUNCTION ledger_is_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'the ledger is append-only: post a transfer that says the opposite' USING ERRCODE = 'SE004';
END $$
"""

_TRIGGERS = (
    "CREATE TRIGGER balanced AFTER INSERT ON ledger_entries REFERENCING NEW TABLE AS inserted "
    "FOR EACH STATEMENT EXECUTE FUNCTION ledger_entries_balance()",
    *(
        f"CREATE TRIGGER append_only BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} "
        "FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only()"
        for table in ("ledger_transfers", "ledger_entries")
    ),
    "CREATE TRIGGER append_only BEFORE DELETE OR TRUNCATE ON ledger_accounts "
    "FOR EACH STATEMENT EXECUTE FUNCTION ledger_is_append_only()",
)

# Takes [{"key", "kind", "currency", "account", "subject", "memo", "at", "legs": [[kind, account, party, amount]]}],
# debits positive. All or nothing. It runs with its owner's rights: the application may not write these tables.
#
# The JSON is taken apart once, into arrays in the keys' order. Everything after is looked up through arrays of
# which the planner expects few: its plans, which a session keeps, stay index lookups however large the tables grow.
_POST = """
CREATE FUNCTION ledger_post(transfers jsonb) RETURNS TABLE (key text, transfer_id bigint, replayed boolean)
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
#variable_conflict use_column
DECLARE
    before text := coalesce(current_setting('serai.platform', true), '');
    given jsonb[]; keys text[]; fewest int;
    leg_of int[]; lines int[]; kinds text[]; owners text[]; parties text[]; currencies text[]; amounts bigint[];
    places bigint[]; fresh_ids bigint[]; fresh_keys text[]; id_of bigint[]; wrong text;
BEGIN
    PERFORM set_config('serai.platform', 'on', true);  -- row-level security binds the owner, too
    SELECT array_agg(t ORDER BY t->>'key'), array_agg(t->>'key' ORDER BY t->>'key'), min(jsonb_array_length(t->'legs'))
    INTO given, keys, fewest FROM jsonb_array_elements(transfers) t;
    IF fewest < 2 THEN
        SELECT t->>'key' INTO wrong FROM unnest(given) t WHERE jsonb_array_length(t->'legs') < 2 LIMIT 1;
        RAISE EXCEPTION 'transfer % has less than two legs', wrong USING ERRCODE = 'SE001';
    END IF;
    SELECT array_agg(n), array_agg(line), array_agg(leg->>0), array_agg(leg->>1), array_agg(leg->>2),
           array_agg(t->>'currency'), array_agg((leg->>3)::bigint)
    INTO leg_of, lines, kinds, owners, parties, currencies, amounts
    FROM unnest(given) WITH ORDINALITY g(t, n), jsonb_array_elements(t->'legs') WITH ORDINALITY l(leg, line);

    places := ledger_places(kinds, owners, parties, currencies);
    IF array_position(places, NULL) IS NOT NULL THEN
        INSERT INTO ledger_accounts (kind, account_id, party, currency, debit_normal, balance, least)
        SELECT DISTINCT k.kind, u.owner, u.party, u.currency, k.debit_normal,
               CASE WHEN k.keeps_balance THEN 0 END, k.least
        FROM unnest(kinds, owners, parties, currencies, places) u(kind, owner, party, currency, place)
        JOIN ledger_kinds k ON k.kind = u.kind
        WHERE u.place IS NULL ORDER BY 1, 2, 3, 4
        ON CONFLICT DO NOTHING;
        places := ledger_places(kinds, owners, parties, currencies);
        IF array_position(places, NULL) IS NOT NULL THEN
            RAISE EXCEPTION 'a leg names a kind of account that does not exist' USING ERRCODE = 'SE003';
        END IF;
    END IF;

    -- In one order, so that two postings never wait for each other in a ring.
    PERFORM FROM ledger_accounts WHERE id = ANY (places) AND balance IS NOT NULL ORDER BY id FOR NO KEY UPDATE;

    WITH made AS (
        INSERT INTO ledger_transfers (key, digest, kind, account_id, subject, currency, memo, at)
        SELECT t->>'key', ledger_digest(t), t->>'kind', t->>'account', t->>'subject', t->>'currency', t->'memo',
               (t->>'at')::timestamptz
        FROM unnest(given) WITH ORDINALITY g(t, n) ORDER BY n
        ON CONFLICT (key) DO NOTHING
        RETURNING id, key
    )
    SELECT coalesce(array_agg(id ORDER BY key), '{}'), coalesce(array_agg(key ORDER BY key), '{}')
    INTO fresh_ids, fresh_keys FROM made;

    IF cardinality(fresh_ids) = cardinality(keys) THEN
        id_of := fresh_ids;
    ELSE
        SELECT f.key INTO wrong FROM unnest(given) t
        JOIN ledger_transfers f ON f.key = t->>'key' WHERE f.digest <> ledger_digest(t) LIMIT 1;
        IF wrong IS NOT NULL THEN
            RAISE EXCEPTION 'the key % was used for another transfer', wrong USING ERRCODE = 'SE002';
        END IF;
        SELECT array_agg(coalesce(fresh_ids[array_position(fresh_keys, k)], 0) ORDER BY n)
        INTO id_of FROM unnest(keys) WITH ORDINALITY u(k, n);
    END IF;

    INSERT INTO ledger_entries (transfer_id, line, ledger_account_id, account_id, amount)
    SELECT id_of[u.n], u.line, u.place, u.owner, u.amount
    FROM unnest(leg_of, lines, places, owners, amounts) u(n, line, place, owner, amount)
    WHERE id_of[u.n] > 0;

    UPDATE ledger_accounts a SET balance = balance + CASE WHEN a.debit_normal THEN d.amount ELSE -d.amount END
    FROM (SELECT u.place, sum(u.amount)::bigint AS amount
          FROM unnest(leg_of, places, amounts) u(n, place, amount) WHERE id_of[u.n] > 0 GROUP BY 1) d
    WHERE a.id = d.place AND a.balance IS NOT NULL;

    IF cardinality(fresh_ids) = cardinality(keys) THEN
        RETURN QUERY SELECT u.k, u.i, false FROM unnest(keys, id_of) u(k, i);
    ELSE
        RETURN QUERY SELECT f.key, f.id, NOT (f.id = ANY (fresh_ids))
        FROM unnest(keys) k JOIN ledger_transfers f ON f.key = k;
    END IF;
    PERFORM set_config('serai.platform', before, true);
END $$
"""

# The accounts' ids in the order asked, NULL for those nobody has moved yet.
_PLACES = """
CREATE FUNCTION ledger_places(kinds text[], owners text[], parties text[], currencies text[]) RETURNS bigint[]
LANGUAGE sql STABLE AS $$
    SELECT array_agg(a.id ORDER BY u.o)
    FROM unnest(kinds, owners, parties, currencies) WITH ORDINALITY u(kind, owner, party, currency, o)
    LEFT JOIN ledger_accounts a ON a.kind = u.kind AND a.account_id = u.owner AND a.party = u.party
         AND a.currency = u.currency
$$
"""

_DIGEST = """
CREATE FUNCTION ledger_digest(t jsonb) RETURNS text LANGUAGE sql IMMUTABLE AS $$
    SELECT md5(concat_ws('|', t->>'kind', t->>'currency', t->>'account', t->>'subject', (t->'legs')::text))
$$
"""

# How far a wallet may be overdrawn: its credit limit, as a balance that is zero or below.
_SET_LEAST = """
CREATE FUNCTION ledger_set_least(owner text, in_currency text, lowest bigint) RETURNS void
LANGUAGE plpgsql SECURITY DEFINER SET search_path = public, pg_temp AS $$
DECLARE before text := coalesce(current_setting('serai.platform', true), '');
BEGIN
    PERFORM set_config('serai.platform', 'on', true);
    INSERT INTO ledger_accounts (kind, account_id, party, currency, debit_normal, balance, least)
    VALUES ('wallet', owner, '', in_currency, false, 0, lowest)
    ON CONFLICT ON CONSTRAINT uq_ledger_accounts_place DO UPDATE SET least = excluded.least;
    PERFORM set_config('serai.platform', before, true);
END $$
"""

_FUNCTIONS = (
    "ledger_post(jsonb)",
    "ledger_places(text[], text[], text[], text[])",
    "ledger_set_least(text, text, bigint)",
    "ledger_digest(jsonb)",
)


def downgrade() -> None:
    for name in _FUNCTIONS:
        op.execute(f"DROP FUNCTION {name}")
    for table in ("ledger_entries", "ledger_transfers", "ledger_accounts", "ledger_kinds"):
        op.drop_table(table)
    for name in ("ledger_entries_balance()", "ledger_is_append_only()"):
        op.execute(f"DROP FUNCTION {name}")
