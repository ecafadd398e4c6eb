"""The job queue: Procrastinate's own schema, as its release ships it."""

from alembic import op
from procrastinate.schema import SchemaManager

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_DROP = """
DO $$
DECLARE thing record;
BEGIN
    DROP TABLE IF EXISTS procrastinate_events, procrastinate_periodic_defers,
        procrastinate_jobs, procrastinate_workers CASCADE;
    FOR thing IN
        SELECT p.oid::regprocedure AS signature FROM pg_proc p
        WHERE p.pronamespace = 'public'::regnamespace AND p.proname LIKE 'procrastinate\\_%'
    LOOP
        EXECUTE format('DROP FUNCTION %s CASCADE', thing.signature);
    END LOOP;
    DROP TYPE IF EXISTS procrastinate_job_to_defer_v1, procrastinate_job_status,
        procrastinate_job_event_type CASCADE;
END $$
"""


def upgrade() -> None:
    op.get_bind().exec_driver_sql(SchemaManager.get_schema().replace("%", "%%"))
    # The rescue looks for active operations without a job twice a second.
    op.execute(
        "CREATE INDEX procrastinate_jobs_operation_idx ON procrastinate_jobs "
        "((args ->> 'operation_id')) WHERE status IN ('todo', 'doing')"
    )


def downgrade() -> None:
    op.execute(_DROP)
