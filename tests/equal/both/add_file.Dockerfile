FROM base
ADD greeting /a
ADD greeting tree /b/
