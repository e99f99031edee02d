"""Pages of reporting: home and dashboards, the monthly report."""
