extension SettingDefinition {
    /// Settings of other programs and of parts that are not in this version.
    static let elsewhere: [SettingDefinition] =
        beat + security + stores
        + otherStores.map { .meaningless($0, nil, "this result store is not supported") }
        + brokerParts.map { .refused($0, nil, "write it into broker_url") }

    private static let beat: [SettingDefinition] = [
        .later("beat_schedule", [:], "beat"),
        .later("beat_schedule_filename", "celerybeat-schedule", "beat"),
        .later("beat_scheduler", "celery.beat:PersistentScheduler", "beat"),
        .later("beat_max_loop_interval", 0, "beat"),
        .later("beat_sync_every", 0, "beat"),
        .later("beat_cron_starting_deadline", nil, "beat"),
        .later("beat_enable_remote_control", false, "beat"),
        .later("beat_remote_control_max_tick_age", nil, "beat"),
    ]

    private static let security: [SettingDefinition] = [
        .later("security_key", nil, "signed messages"),
        .later("security_key_password", nil, "signed messages"),
        .later("security_certificate", nil, "signed messages"),
        .later("security_cert_store", nil, "signed messages"),
        .later("security_digest", "sha256", "signed messages"),
    ]

    private static let stores: [SettingDefinition] = [
        .later("database_url", nil, "PostgreSQL results"),
        .later("database_table_names", nil, "PostgreSQL results"),
        .later("database_table_schemas", nil, "PostgreSQL results"),
        .later("database_engine_options", ["pool_pre_ping": true, "pool_recycle": 3600], "PostgreSQL results"),
        .later("database_engine_callback", nil, "PostgreSQL results"),
        .later("database_create_tables_at_setup", true, "PostgreSQL results"),
        .later("database_short_lived_sessions", false, "PostgreSQL results"),
        .later("redis_backend_use_ssl", nil, "Redis results"),
        .later("redis_db", nil, "Redis results"),
        .later("redis_host", nil, "Redis results"),
        .later("redis_port", nil, "Redis results"),
        .later("redis_username", nil, "Redis results"),
        .later("redis_password", nil, "Redis results"),
        .later("redis_max_connections", nil, "Redis results"),
        .later("redis_socket_timeout", 120.0, "Redis results"),
        .later("redis_socket_connect_timeout", nil, "Redis results"),
        .later("redis_socket_keepalive", false, "Redis results"),
        .later("redis_retry_on_timeout", false, "Redis results"),
    ]

    /// Pieces of a broker's address that Celery also takes apart from its URL.
    private static let brokerParts = [
        "broker_host", "broker_port", "broker_user", "broker_password", "broker_vhost", "broker_transport",
    ]

    private static let otherStores = [
        "arangodb_backend_settings", "azureblockblob_base_path", "azureblockblob_connection_timeout",
        "azureblockblob_container_name", "azureblockblob_read_timeout", "azureblockblob_retry_increment_base",
        "azureblockblob_retry_initial_backoff_sec", "azureblockblob_retry_max_attempts", "cache_backend",
        "cache_backend_options", "cassandra_auth_kwargs", "cassandra_auth_provider", "cassandra_bundle_path",
        "cassandra_entry_ttl", "cassandra_keyspace", "cassandra_options", "cassandra_port",
        "cassandra_read_consistency", "cassandra_servers", "cassandra_table", "cassandra_write_consistency",
        "cosmosdbsql_collection_name", "cosmosdbsql_consistency_level", "cosmosdbsql_database_name",
        "cosmosdbsql_max_retry_attempts", "cosmosdbsql_max_retry_wait_time", "couchbase_backend_settings",
        "elasticsearch_max_retries", "elasticsearch_retry_on_timeout", "elasticsearch_save_meta_as_text",
        "elasticsearch_timeout", "gcs_base_path", "gcs_bucket", "gcs_project", "gcs_ttl", "mongodb_backend_settings",
        "s3_access_key_id", "s3_base_path", "s3_bucket", "s3_endpoint_url", "s3_region", "s3_secret_access_key",
    ]
}
