/** The schema's history, oldest first. An entry is never changed once it has shipped; a new one is added. Times are ms since 1970. */
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
]
