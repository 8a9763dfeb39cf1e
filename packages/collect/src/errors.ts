/** The codes that this package throws, each with its meaning and what to do about it. */
export const COLLECT_ERRORS = {
  host_read:
    "A file of the watched host could not be read. The message names it; check that it exists and that the program may read it (in a container: that the host's /proc and /sys are mounted).",
  bad_pattern:
    "A pattern of the configuration is not a valid RE2 regular expression, or two that exclude each other were given. Correct the named pattern.",
  bad_exposition:
    "A scraped text breaks its format. The message quotes the place, in Prometheus' words; mend the exporter, or see whether it was cut off.",
  bad_protobuf:
    "Bytes that should be a protobuf message are not one. Check that the sender uses the protocol that its content type names.",
  bad_relabel:
    "A relabelling rule is not valid. The message says which key or regular expression (RE2 syntax) to correct.",
  bad_target:
    "A discovered target cannot be scraped: its address, interval or timeout is not valid after relabelling. Correct the target or the rules.",
  bad_sample:
    "A scraped sample has no name, an invalid name, or exceeds a limit on labels. It fails the whole scrape, as in Prometheus; see label_limit and its kin.",
  sample_limit:
    "A scrape has more samples than the job's sample_limit. Raise the limit, or drop metrics by relabelling.",
  target_limit:
    "A job has more targets than its target_limit, so none of them is scraped. Raise the limit, or narrow the discovery.",
  body_size_limit:
    "A scraped body is larger than the job's body_size_limit (or than 512 MiB). Raise the limit, or make the target say less.",
  scrape_http:
    "A target or a discovery endpoint could not be reached or did not answer in time. The message says what the connection said.",
  scrape_status: "A target answered with another status than 200. Look at its log, path and credentials.",
  scrape_content_type:
    "A target does not say in which format it answers. Mend its Content-Type header, or set fallback_scrape_protocol.",
  secret_file: "A file with a credential cannot be read. Check its path and permissions.",
  oauth2: "An OAuth2 token could not be had. The message names the token URL and what it answered.",
  tls_config: "A certificate or key of a tls_config cannot be read. Check its path and permissions.",
  target_file: "A file of file_sd_configs is not a list of target groups. The targets it held before stay.",
  target_http:
    "An endpoint of http_sd_configs did not answer with a list of target groups. The targets it named before stay.",
  bad_snappy:
    "A body is not a snappy block (not the framed format). The sender is broken, or something between changed the body.",
  snappy_too_large:
    "A body unpacks to more than the configured size. Make the sender send smaller batches, or raise the limit.",
  bad_otlp:
    "A body is not an OTLP metrics request in JSON. The message names the field; check the exporter and its content type.",
  bad_import:
    "A line of an imported file cannot be used. The message names the line or series; samples before it were taken.",
  config_file: "A configuration file cannot be read. Check its path and permissions.",
  bucket_limit:
    "A native histogram has more buckets than native_histogram_bucket_limit even at its coarsest resolution. Raise the limit.",
} as const;
