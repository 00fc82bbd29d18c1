/** Errors of `mysql`. */
export const mysqlErrors = {
  MYSQL_URL_INVALID: {
    cause: 'The MySQL URL cannot be read.',
    remedy: 'Write it as mysql://user:password@host:3306/database, with reserved characters percent-encoded.',
  },
  MYSQL_UNREACHABLE: {
    cause: 'No MySQL server answers at the address, or the connection to it was lost.',
    remedy: 'Check host, port, network and that the server runs. A source that has started connects again by itself.',
  },
  MYSQL_ACCESS_DENIED: {
    cause: 'MySQL does not let the user in: wrong user, wrong password, or a host that the account does not allow.',
    remedy:
      'Correct user and password in the URL, or create the account; "millrace mysql doctor" prints the statements.',
  },
  MYSQL_GRANT_MISSING: {
    cause: 'The MySQL user lacks a privilege that the source needs.',
    remedy: 'Run the GRANT statement in the message, or the one that "millrace mysql doctor" prints.',
  },
  MYSQL_DATABASE_NOT_FOUND: {
    cause: 'The database does not exist on the server, or the user may not see it.',
    remedy: 'Correct its name, or grant SELECT on it.',
  },
  MYSQL_TABLE_NOT_FOUND: {
    cause: 'A table of the topology does not exist on the server, or the user may not see it.',
    remedy: 'Correct its name, create it, or grant SELECT on it; then "millrace mysql pull" anew.',
  },
  MYSQL_TABLE_CHANGED: {
    cause: 'The definition of a table was changed while it was being read.',
    remedy: 'Start again when the change is done; the snapshot of that table begins anew.',
  },
  MYSQL_TABLE_DROPPED: {
    cause:
      'A captured table was dropped, truncated or renamed, or its database was dropped, while the source ran, and `schemaChanges` is "stop".',
    remedy:
      'The topic still has the rows from before. Take the table out of the topology, or start once with "--resnapshot" and the table, so that what there is now is read anew and the rest gets tombstones.',
  },
  MYSQL_SCHEMA_INCOMPATIBLE: {
    cause:
      'A captured table no longer has a column that is read, or has it with another kind of values, and `schemaChanges` is "stop".',
    remedy:
      '"millrace mysql pull" anew and adapt what reads the table; with `schemaChanges` "evolve" rows come as they are now.',
  },
  MYSQL_KEY_CHANGED: {
    cause: 'The primary key of a captured table is another than the one its topic is keyed by.',
    remedy:
      '"millrace mysql pull" anew and start once with "--resnapshot" and the table: its topic gets the new keys, and tombstones for the old ones.',
  },
  MYSQL_UNSUPPORTED_COLUMN: {
    cause: 'A captured table has a column whose type or character set cannot be read from the binlog exactly.',
    remedy: 'Change the column to a supported type or to utf8mb4, or take its table out of the topology.',
  },
  MYSQL_UNSUPPORTED_TABLE: {
    cause: 'A captured table is not an InnoDB base table, so it has neither consistent snapshots nor atomic changes.',
    remedy: 'Convert it with ALTER TABLE ... ENGINE = InnoDB, or take it out of the topology.',
  },
  MYSQL_SETTING_UNSUPPORTED: {
    cause:
      'A setting of the server, or of the session that made the change, yields a binlog that cannot be read exactly.',
    remedy: 'Run the SET PERSIST statement in the message, then start again.',
  },
  MYSQL_BIGINT_UNSAFE: {
    cause:
      'A BIGINT value is not a safe integer (beyond 2^53), and the source was not told how to hand such values over.',
    remedy: "Set `bigint` to 'string' (values of all BIGINT columns are strings) or 'bigint' (exact numbers).",
  },
  MYSQL_VALUE_UNREPRESENTABLE: {
    cause: 'A value cannot be written in the way that is asked for, such as a TIME of -12:00 as a time of day.',
    remedy: 'Choose the way that the message names; the source goes on from there.',
  },
  MYSQL_EVENT_UNREADABLE: {
    cause: 'An event of the binlog cannot be read exactly.',
    remedy:
      'The source stopped before it and has lost nothing. Report it with the file, position and GTID in the message.',
  },
  MYSQL_SERVER_ID_TAKEN: {
    cause: 'Another replica of the server has the server id that the source was given.',
    remedy: 'Give it another one, or none: then it chooses one that is free at each connection.',
  },
  MYSQL_SCHEMA_MISMATCH: {
    cause:
      'The binlog does not name the columns of a captured table (binlog_row_metadata=MINIMAL), and its rows are not, or cannot be shown to be, those of the definition that the source has of it.',
    remedy:
      'Run SET PERSIST binlog_row_metadata = FULL, then start once with "--resnapshot all": tables are read anew, and from then on the binlog describes them.',
  },
  MYSQL_BINLOG_PURGED: {
    cause: 'The server has deleted binlog files that the source has not read yet.',
    remedy:
      'Start once with "--resnapshot all": every table is read anew, and keys that are gone get tombstones. Raise binlog_expire_logs_seconds.',
  },
  MYSQL_BINLOG_REFUSED: {
    cause: 'The server refuses to send its binlog.',
    remedy: 'Its own words are in the message; "millrace mysql doctor" checks its settings.',
  },
  MYSQL_HISTORY_DIVERGED: {
    cause:
      'The source has read transactions that the server does not have: another server, or one restored from a backup.',
    remedy:
      'Point the source at a server with that history, or start once with "--resnapshot all": every table is read anew, and keys that are gone get tombstones.',
  },
  MYSQL_LOCK_TIMEOUT: {
    cause: 'The short lock for the consistent point of the snapshot was not granted: a long transaction holds a table.',
    remedy: "End the transaction that holds it and start again, or set `snapshotLocking` to 'none'.",
  },
  MYSQL_GTID_INVALID: {
    cause: 'A text is not a set of MySQL GTIDs.',
    remedy:
      'If it comes from the offsets topic of the source, that topic was written by something else: "millrace reset --source".',
  },
  MYSQL_QUERY_FAILED: {
    cause: 'MySQL answered a statement of the source with an error that has no code of its own here.',
    remedy: "The server's own words are in the message.",
  },
  MYSQL_XA_TOO_LARGE: {
    cause: 'Prepared XA transactions that are not committed yet hold more rows than the source may keep in memory.',
    remedy: 'Commit or roll back the transactions that XA RECOVER lists, or raise `preparedBytes`.',
  },
  MYSQL_OFFSETS_INVALID: {
    cause: 'The offsets topic of the source holds a record that it cannot read.',
    remedy:
      'Another program or a newer version wrote it: use that version, or reset the source ("millrace reset --source").',
  },
} as const;
