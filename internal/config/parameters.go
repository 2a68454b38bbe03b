package config

import (
	"fmt"
	"maps"
	"net/url"
	"slices"
	"strings"
)

// Parameters of a PostgreSQL URL. The driver passes unknown ones to the server, which refuses those it does not know,
// so each one is kept, renamed, dropped or refused before anything connects.
var (
	// driverParameters are read by the driver.
	driverParameters = words(`host port database dbname user password passfile connect_timeout sslmode ssl sslkey sslcert
		sslcertmode sslrootcert sslnegotiation sslpassword sslsni krbspn krbsrvname target_session_attrs service servicefile
		min_protocol_version max_protocol_version channel_binding require_auth default_query_exec_mode
		statement_cache_capacity description_cache_capacity options`)

	// serverParameters are the settings of PostgreSQL 12 to 18 that a session may have.
	serverParameters = words(
		`datestyle intervalstyle timezone application_name array_nulls backend_flush_after backslash_quote
		bytea_output check_function_bodies client_connection_check_interval client_min_messages commit_delay commit_siblings
		compute_query_id constraint_exclusion cpu_index_tuple_cost cpu_operator_cost cpu_tuple_cost cursor_tuple_fraction
		deadlock_timeout default_statistics_target default_table_access_method default_tablespace default_text_search_config
		default_toast_compression default_transaction_deferrable default_transaction_isolation default_transaction_read_only
		effective_cache_size effective_io_concurrency enable_async_append enable_bitmapscan enable_gathermerge enable_hashagg
		enable_hashjoin enable_incremental_sort enable_indexonlyscan enable_indexscan enable_material enable_memoize
		enable_mergejoin enable_nestloop enable_parallel_append enable_parallel_hash enable_partition_pruning
		enable_partitionwise_aggregate enable_partitionwise_join enable_seqscan enable_sort enable_tidscan
		escape_string_warning exit_on_error extra_float_digits from_collapse_limit geqo geqo_threshold gin_fuzzy_search_limit
		gin_pending_list_limit hash_mem_multiplier idle_in_transaction_session_timeout idle_session_timeout jit
		jit_above_cost jit_inline_above_cost jit_optimize_above_cost join_collapse_limit lc_messages lc_monetary lc_numeric
		lc_time lock_timeout log_duration log_min_duration_statement log_min_error_statement log_min_messages log_statement
		logical_decoding_work_mem maintenance_io_concurrency maintenance_work_mem max_parallel_maintenance_workers
		max_parallel_workers max_parallel_workers_per_gather max_stack_depth min_parallel_index_scan_size
		min_parallel_table_scan_size parallel_leader_participation parallel_setup_cost parallel_tuple_cost plan_cache_mode
		quote_all_identifiers random_page_cost recursive_worktable_factor row_security search_path seq_page_cost
		session_replication_role standard_conforming_strings statement_timeout stats_fetch_consistency synchronize_seqscans
		synchronous_commit tcp_keepalives_count tcp_keepalives_idle tcp_keepalives_interval temp_buffers temp_file_limit
		temp_tablespaces timezone_abbreviations track_activities track_counts track_functions track_io_timing
		transaction_timeout transform_null_equals vacuum_buffer_usage_limit work_mem xmlbinary xmloption`)

	// clientParameters matter only to libpq, or to other programs that use the same variable.
	clientParameters = words(`keepalives keepalives_idle keepalives_interval keepalives_count tcp_user_timeout gssencmode
		gssdelegation gsslib sslcompression sslcrl sslcrldir ssl_min_protocol_version ssl_max_protocol_version requirepeer
		requiressl load_balance_hosts replication client_encoding sslkeylogfile scram_client_key scram_server_key
		oauth_issuer oauth_client_id oauth_client_secret oauth_scope
		pgbouncer connection_limit pool_timeout socket_timeout sslidentity sslaccept statement_cache_size
		prepared_statement_cache_size conn_max_age conn_health_checks disable_server_side_cursors pool_size pool_max_conns
		pool_min_conns pool_max_conn_lifetime pool_max_conn_idle_time pool_health_check_period pool_max_conn_lifetime_jitter
		max_overflow pool_recycle pool_pre_ping pool_mode uselibpqcompat supa workaround preparethreshold
		binary_parameters prepared_statements reconnect charset encoding engine async_fallback`)

	// otherNames are what other programs call a parameter.
	otherNames = map[string]string{
		"schema": "search_path", "currentschema": "search_path", "fallback_application_name": "application_name",
		"applicationname": "application_name", "hostaddr": "host",
	}
)

func words(list string) map[string]bool {
	set := map[string]bool{}
	for word := range strings.FieldsSeq(list) {
		set[word] = true
	}
	return set
}

// usableParameters returns a PostgreSQL URL with parameters that the driver or the server understands, and notes on
// changed ones. An unknown name is an error: it may be a mistyped sslmode.
func usableParameters(address string) (usable string, notes []string, err error) {
	start, query, found := strings.Cut(address, "?")
	if !found {
		return address, nil, nil
	}
	given, err := url.ParseQuery(query)
	if err != nil {
		return "", nil, fmt.Errorf("the URL parameters are malformed; %s", encodingHint)
	}
	kept, renamed := url.Values{}, false
	for _, name := range slices.Sorted(maps.Keys(given)) {
		lower := strings.ToLower(name)
		other := otherNames[lower]
		switch {
		case driverParameters[lower] || serverParameters[lower] || strings.Contains(name, "."):
			kept[lower] = given[name]
			renamed = renamed || lower != name
		case other == "search_path" && given.Get(name) == "public": // the default anyway, and poolers refuse the parameter
		case other != "" && (given.Has(other) || other == "host" && hostOf(start) != ""):
			notes = append(notes, fmt.Sprintf("the parameter %s of DATABASE_URL is ignored: %s is set", name, other))
		case other != "":
			kept[other] = given[name]
			notes = append(notes, fmt.Sprintf("the parameter %s of DATABASE_URL is read as %s", name, other))
		case clientParameters[lower]:
			notes = append(notes, fmt.Sprintf(
				"the parameter %s of DATABASE_URL is ignored: this program does not support it", name))
		default:
			return "", nil, fmt.Errorf("%q is not a PostgreSQL parameter; correct or remove it", name)
		}
	}
	if len(notes) == 0 && !renamed && len(kept) == len(given) {
		return address, nil, nil
	}
	if len(kept) == 0 {
		return start, notes, nil
	}
	return start + "?" + strings.ReplaceAll(kept.Encode(), "+", "%20"), notes, nil
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}
