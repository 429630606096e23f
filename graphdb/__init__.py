"""The store of knowledge circuits: records, schema, engines, queries. Nothing here needs torch."""
