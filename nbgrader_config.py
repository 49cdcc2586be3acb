"""nbgrader's settings for this course: the notebooks folder is its source directory, a week is an assignment."""

from helpers.course.release import configure

c = get_config()  # noqa: F821  provided by nbgrader
c.CourseDirectory.course_id = "ml-production"
c.CourseDirectory.source_directory = "notebooks"
configure(c)
c.Execute.timeout = 300
