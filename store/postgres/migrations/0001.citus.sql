-- Tables of parts are spread by part and stand together; what all nodes read has a copy everywhere. One shard after the other, over one connection to
-- each worker, as all of it is one transaction.
SET LOCAL citus.multi_shard_modify_mode TO 'sequential';
SELECT create_distributed_table('lease', 'part');
SELECT create_distributed_table('person', 'part', colocate_with => 'lease');
SELECT create_distributed_table('identifier', 'part', colocate_with => 'lease');
SELECT create_distributed_table('entry', 'part', colocate_with => 'lease');
SELECT create_distributed_table('timer', 'part', colocate_with => 'lease');
SELECT create_distributed_table('counter', 'part', colocate_with => 'lease');
SELECT create_distributed_table('uncounted', 'part', colocate_with => 'lease');
SELECT create_distributed_table('letter', 'part', colocate_with => 'lease');
SELECT create_distributed_table('feed', 'part', colocate_with => 'lease');
SELECT create_reference_table('meta');
SELECT create_reference_table('document');
SELECT create_reference_table('piece');
