"""Cycles that run by themselves: Prefect flows, their deployments and dates, and the service that works on them."""
