/**
 * The schema's history, oldest first. An entry is never changed once it has shipped; a new one is added. Times are ms
 * since 1970.
 */
export const migrations: readonly string[] = [
  `
  CREATE TABLE meta (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;

  CREATE TABLE jobs (
    number INTEGER PRIMARY KEY AUTOINCREMENT,
    id TEXT NOT NULL UNIQUE,
    state TEXT NOT NULL CHECK (state IN ('queued', 'running', 'succeeded', 'failed', 'cancelled')),
    name TEXT,
    owner TEXT NOT NULL,
    priority INTEGER NOT NULL,
    rank REAL NOT NULL,
    document TEXT NOT NULL,
    targets TEXT,
    workflow_id TEXT,
    workflow_version INTEGER,
    batch_id TEXT,
    batch_index INTEGER,
    batch_count INTEGER,
    created_at INTEGER NOT NULL,
    started_at INTEGER,
    finished_at INTEGER,
    attempts INTEGER NOT NULL DEFAULT 0,
    on_crash TEXT CHECK (on_crash IN ('requeue', 'fail')),
    nodes_total INTEGER,
    nodes_finished INTEGER NOT NULL DEFAULT 0,
    artifacts INTEGER NOT NULL DEFAULT 0,
    device TEXT,
    error TEXT,
    timeline TEXT,
    webhook TEXT,
    origin TEXT
  );
  CREATE INDEX jobs_queue ON jobs (state, priority DESC, owner, rank);
  CREATE INDEX jobs_batch ON jobs (batch_id) WHERE batch_id IS NOT NULL;
  CREATE INDEX jobs_workflow ON jobs (workflow_id) WHERE workflow_id IS NOT NULL;

  CREATE TABLE idempotency (
    owner TEXT NOT NULL, key TEXT NOT NULL, request_hash TEXT NOT NULL, jobs TEXT NOT NULL, batch TEXT, created_at INTEGER NOT NULL,
    PRIMARY KEY (owner, key)
  ) WITHOUT ROWID;

  CREATE TABLE events (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, job TEXT NOT NULL, at INTEGER NOT NULL, event TEXT NOT NULL
  );
  CREATE INDEX events_job ON events (job, seq);

  CREATE TABLE artifacts (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    hash TEXT NOT NULL, job TEXT NOT NULL, node TEXT NOT NULL, name TEXT NOT NULL, mime TEXT NOT NULL, bytes INTEGER NOT NULL,
    kind TEXT NOT NULL, width INTEGER, height INTEGER, created_at INTEGER NOT NULL
  );
  CREATE INDEX artifacts_job ON artifacts (job);
  CREATE INDEX artifacts_hash ON artifacts (hash);

  CREATE TABLE workflows (
    id TEXT PRIMARY KEY, name TEXT NOT NULL, description TEXT, tags TEXT NOT NULL, version INTEGER NOT NULL,
    created_at INTEGER NOT NULL, updated_at INTEGER NOT NULL
  ) WITHOUT ROWID;
  CREATE TABLE workflow_versions (
    workflow TEXT NOT NULL REFERENCES workflows (id) ON DELETE CASCADE, version INTEGER NOT NULL, created_at INTEGER NOT NULL,
    message TEXT, hash TEXT NOT NULL, document TEXT NOT NULL,
    PRIMARY KEY (workflow, version)
  ) WITHOUT ROWID;

  CREATE TABLE settings (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
  `,
  `
  CREATE TABLE webhooks (job TEXT PRIMARY KEY, attempt INTEGER NOT NULL, due_at INTEGER NOT NULL) WITHOUT ROWID;
  CREATE INDEX webhooks_due ON webhooks (due_at);
  `,
  `
  ALTER TABLE jobs ADD COLUMN trace TEXT;
  `,
  `
  ALTER TABLE jobs ADD COLUMN claim INTEGER NOT NULL DEFAULT 0;
  ALTER TABLE jobs ADD COLUMN surface TEXT;
  UPDATE jobs SET claim = attempts, surface = CASE WHEN json_valid(origin) THEN json_extract(origin, '$.surface') END;

  CREATE TABLE job_documents (
    number INTEGER PRIMARY KEY REFERENCES jobs (number) ON DELETE CASCADE,
    document TEXT NOT NULL, targets TEXT, webhook TEXT, origin TEXT, trace TEXT
  );
  INSERT INTO job_documents SELECT number, document, targets, webhook, origin, trace FROM jobs;
  CREATE TABLE job_timelines (
    number INTEGER PRIMARY KEY REFERENCES jobs (number) ON DELETE CASCADE, timeline TEXT NOT NULL
  );
  INSERT INTO job_timelines SELECT number, timeline FROM jobs WHERE timeline IS NOT NULL;
  ALTER TABLE jobs DROP COLUMN document;
  ALTER TABLE jobs DROP COLUMN timeline;
  ALTER TABLE jobs DROP COLUMN targets;
  ALTER TABLE jobs DROP COLUMN webhook;
  ALTER TABLE jobs DROP COLUMN origin;
  ALTER TABLE jobs DROP COLUMN trace;
  CREATE INDEX jobs_surface ON jobs (surface, number, state);
  CREATE INDEX jobs_succeeded ON jobs (number) WHERE state = 'succeeded';

  ALTER TABLE events ADD COLUMN count INTEGER NOT NULL DEFAULT 1;
  CREATE TABLE turns (owner TEXT PRIMARY KEY, turn INTEGER NOT NULL) WITHOUT ROWID;

  CREATE TABLE counters (name TEXT PRIMARY KEY, n INTEGER NOT NULL) WITHOUT ROWID;
  INSERT INTO counters (name, n) VALUES
    ('events', COALESCE((SELECT seq FROM sqlite_sequence WHERE name = 'events'), 0)), ('turns', 0),
    ('queued', 0), ('running', 0), ('succeeded', 0), ('failed', 0), ('cancelled', 0);
  UPDATE counters SET n = (SELECT COUNT(*) FROM jobs WHERE jobs.state = counters.name)
    WHERE name NOT IN ('events', 'turns');
  CREATE TRIGGER jobs_counted AFTER INSERT ON jobs BEGIN
    UPDATE counters SET n = n + 1 WHERE name = NEW.state;
  END;
  CREATE TRIGGER jobs_counted_out AFTER DELETE ON jobs BEGIN
    UPDATE counters SET n = n - 1 WHERE name = OLD.state;
  END;
  CREATE TRIGGER jobs_counted_over AFTER UPDATE OF state ON jobs WHEN OLD.state <> NEW.state BEGIN
    UPDATE counters SET n = n - 1 WHERE name = OLD.state;
    UPDATE counters SET n = n + 1 WHERE name = NEW.state;
  END;
  `,
  `
  DELETE FROM counters WHERE name IN ('events', 'turns');
  CREATE TABLE waiting (
    priority INTEGER NOT NULL, owner TEXT NOT NULL, n INTEGER NOT NULL, PRIMARY KEY (priority, owner)
  ) WITHOUT ROWID;
  INSERT INTO waiting SELECT priority, owner, COUNT(*) FROM jobs WHERE state = 'queued' GROUP BY priority, owner;
  CREATE TRIGGER jobs_wait AFTER INSERT ON jobs WHEN NEW.state = 'queued' BEGIN
    INSERT OR IGNORE INTO waiting (priority, owner, n) VALUES (NEW.priority, NEW.owner, 0);
    UPDATE waiting SET n = n + 1 WHERE priority = NEW.priority AND owner = NEW.owner;
  END;
  CREATE TRIGGER jobs_wait_no_more AFTER DELETE ON jobs WHEN OLD.state = 'queued' BEGIN
    UPDATE waiting SET n = n - 1 WHERE priority = OLD.priority AND owner = OLD.owner;
    DELETE FROM waiting WHERE priority = OLD.priority AND owner = OLD.owner AND n = 0;
  END;
  CREATE TRIGGER jobs_wait_over AFTER UPDATE OF state, priority ON jobs WHEN OLD.state = 'queued' BEGIN
    UPDATE waiting SET n = n - 1 WHERE priority = OLD.priority AND owner = OLD.owner;
    DELETE FROM waiting WHERE priority = OLD.priority AND owner = OLD.owner AND n = 0;
  END;
  CREATE TRIGGER jobs_wait_again AFTER UPDATE OF state, priority ON jobs WHEN NEW.state = 'queued' BEGIN
    INSERT OR IGNORE INTO waiting (priority, owner, n) VALUES (NEW.priority, NEW.owner, 0);
    UPDATE waiting SET n = n + 1 WHERE priority = NEW.priority AND owner = NEW.owner;
  END;
  `,
]
