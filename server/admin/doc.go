// Package admin is the admin API, /api/v1: what the command line, the console and pipelines act through, and the OpenAPI document made from the same types.
package admin
