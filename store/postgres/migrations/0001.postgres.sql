-- What PostgreSQL alone knows. States are compressed by who writes them and stay in their rows (fillfactor: the next version finds room in the
-- page, so that no index is touched); feed rows and letters are written once.
ALTER TABLE person SET (fillfactor = 60, toast_tuple_target = 8160);
ALTER TABLE person ALTER COLUMN state SET STORAGE EXTERNAL;
ALTER TABLE lease SET (fillfactor = 10, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_scale_factor = 0);
ALTER TABLE timer SET (fillfactor = 80);
ALTER TABLE counter SET (fillfactor = 80);
