"""The order of things: plan, do, check, act, each step recorded in the ledger and run by Prefect."""
