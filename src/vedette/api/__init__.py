"""The Inspector2 wire: requests in, domain calls, answers out, all by botocore's service model."""
