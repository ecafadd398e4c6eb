"""A worker claims an operation, and records what it did, in one round trip each."""

from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

_CLAIM = """
CREATE FUNCTION operation_claim(claimed_id text, worker text, at timestamptz) RETURNS jsonb LANGUAGE plpgsql AS $$
DECLARE
    claimed operations;
BEGIN
    UPDATE operations o
    SET fence = nextval('operation_fences'), claims = o.claims + 1, claimed_at = at, claimed_by = worker,
        state = CASE o.state WHEN 'queued' THEN 'running' ELSE o.state END,
        started_at = coalesce(o.started_at, at)
    WHERE o.id = claimed_id AND o.state IN ('queued', 'running', 'undoing')
    RETURNING * INTO claimed;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    RETURN jsonb_build_object('operation', to_jsonb(claimed), 'steps', (
        SELECT jsonb_agg(to_jsonb(s) ORDER BY s.position) FROM operation_steps s WHERE s.operation_id = claimed_id
    ));
END $$
"""

# Columns that a change does not name keep what they hold: jsonb_populate_record begins from the row.
_RECORD = """
CREATE FUNCTION operation_record(held_id text, held_fence bigint, change jsonb) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE
    cancelling boolean;
    steps jsonb := coalesce(change -> 'steps', '[]');
BEGIN
    SELECT o.cancel_requested INTO cancelling FROM operations o
    WHERE o.id = held_id AND o.fence = held_fence AND o.state IN ('queued', 'running', 'undoing')
    FOR UPDATE;
    IF NOT FOUND THEN
        RETURN NULL;
    END IF;
    IF change ? 'begins' AND NOT cancelling THEN
        steps := steps || (change -> 'begins');
    END IF;
    IF steps <> '[]' THEN
        UPDATE operation_steps s
        SET (state, progress, attempts, undo_attempts, output, error, started_at, finished_at) = (
            SELECT r.state, r.progress, r.attempts, r.undo_attempts, r.output, r.error, r.started_at, r.finished_at
            FROM jsonb_populate_record(s, wanted) r
        )
        FROM jsonb_array_elements(steps) wanted
        WHERE s.operation_id = held_id AND s.position = (wanted ->> 'position')::int;
    END IF;
    IF change ? 'operation' THEN
        UPDATE operations o
        SET (state, progress, error, undo_error, finished_at) = (
            SELECT r.state, r.progress, r.error, r.undo_error, r.finished_at
            FROM jsonb_populate_record(o, change -> 'operation') r
        )
        WHERE o.id = held_id;
    END IF;
    IF change ? 'lines' THEN
        INSERT INTO operation_log_lines (operation_id, step, level, message, at)
        SELECT held_id, l ->> 'step', l ->> 'level', l ->> 'message', (l ->> 'at')::timestamptz
        FROM jsonb_array_elements(change -> 'lines') WITH ORDINALITY AS given (l, number) ORDER BY number;
    END IF;
    RETURN cancelling;
END $$
"""


def upgrade() -> None:
    op.execute(_CLAIM)
    op.execute(_RECORD)


def downgrade() -> None:
    op.execute("DROP FUNCTION operation_claim(text, text, timestamptz)")
    op.execute("DROP FUNCTION operation_record(text, bigint, jsonb)")
