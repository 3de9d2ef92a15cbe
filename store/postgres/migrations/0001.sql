-- What a store of Aparté consists of. Times are microseconds since 1970, UTC.

-- What is written once, when the store is created: 'parts', 'secret', 'servers', 'place'.
CREATE TABLE meta (
  name  text  PRIMARY KEY,
  value bytea NOT NULL
);

-- Who owns each part. A row for every part is made with the store.
CREATE TABLE lease (
  part  bigint NOT NULL PRIMARY KEY,
  epoch bigint NOT NULL,  -- of the last taking
  turn  bigint NOT NULL,  -- number of the last batch that was committed
  owner text   NOT NULL,  -- empty: nobody
  until bigint NOT NULL
);

-- A person has a row as long as they have a state or entries.
CREATE TABLE person (
  part  bigint   NOT NULL,
  id    bytea    NOT NULL,
  enc   smallint NOT NULL DEFAULT 0,  -- how state is encoded: 0 as it is, 1 Zstandard
  state bytea,                        -- null: they have entries alone
  PRIMARY KEY (part, id)
);

CREATE TABLE identifier (
  part   bigint NOT NULL,
  key    bytea  NOT NULL,
  person bytea  NOT NULL,
  PRIMARY KEY (part, key)
);

CREATE TABLE entry (
  part   bigint   NOT NULL,
  person bytea    NOT NULL,
  seq    bigint   NOT NULL,
  at     bigint   NOT NULL,
  kind   smallint NOT NULL,
  key    bytea,             -- of the event's messageId; null: none
  body   bytea    NOT NULL,
  PRIMARY KEY (part, person, seq)
);
CREATE UNIQUE INDEX entry_key ON entry (part, key) WHERE key IS NOT NULL;

CREATE TABLE timer (
  part   bigint NOT NULL,
  person bytea  NOT NULL,
  name   bytea  NOT NULL,
  due    bigint NOT NULL,
  gen    bigint NOT NULL,
  PRIMARY KEY (part, person, name)
);
CREATE INDEX timer_due ON timer (part, due, person, name);

-- Counters are read over all parts, by the beginning of their key.
CREATE TABLE counter (
  key  bytea  NOT NULL,
  hour bigint NOT NULL,
  part bigint NOT NULL,
  n    bigint NOT NULL,
  PRIMARY KEY (key, hour, part)
);

-- Keys of counters that a batch deleted and that stand on other servers yet.
CREATE TABLE uncounted (
  part bigint NOT NULL,
  key  bytea  NOT NULL,
  PRIMARY KEY (part, key)
);

CREATE TABLE letter (
  part     bigint NOT NULL,
  number   bigint NOT NULL,
  receiver bigint NOT NULL,
  body     bytea  NOT NULL,
  PRIMARY KEY (part, number)
);

CREATE TABLE feed (
  part     bigint NOT NULL,
  position bigint NOT NULL,
  body     bytea  NOT NULL,
  PRIMARY KEY (part, position)
);

-- Of documents the newest version's number, and a mark of who put it, so that one put again after a broken connection is known.
CREATE TABLE document (
  name   bytea  NOT NULL PRIMARY KEY,
  newest bigint NOT NULL,
  mark   bytea  NOT NULL
);

-- Their bodies, in pieces of at most a megabyte.
CREATE TABLE piece (
  name    bytea  NOT NULL,
  version bigint NOT NULL,
  number  bigint NOT NULL,
  data    bytea  NOT NULL,
  PRIMARY KEY (name, version, number)
);
