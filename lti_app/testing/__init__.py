"""What tests, the demo and authors of plugins need to try the tool without a real LMS."""
