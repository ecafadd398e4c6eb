"""What is done regularly: old mails and messages go."""

from datetime import timedelta

from serai.kit import clock
from serai.kit.db import Database
from serai.kit.settings import Settings
from serai.modules.notifications import bell_queries, queries


async def tidy(database: Database, settings: Settings) -> int:
    """Delete what is older than it is kept for; how many mails that were."""
    limit = clock.now() - timedelta(days=settings.mail_days)
    async with database.transaction() as session:
        await bell_queries.forget_before(session, limit)
        return await queries.forget_mails_before(session, limit)
