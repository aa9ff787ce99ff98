"""Whether what was declared done worked: before against after, beside what was left alone."""
