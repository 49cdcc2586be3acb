"""What makes a folder of notebooks a course: parameters, claims, exercises, runs, releases and grades."""
