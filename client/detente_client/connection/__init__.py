"""How requests come to the service and answers back: connections, and when a request is sent again."""
