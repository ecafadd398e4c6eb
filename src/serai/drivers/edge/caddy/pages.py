"""What the edge says by itself, when nobody behind it answers. No script, no other file needed."""

CONTENT_SECURITY_POLICY = "default-src 'none'; style-src 'unsafe-inline'"

# The braces of its style sheet stay apart from words: Caddy would take {word} for a placeholder.
UNREACHABLE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>Not answering · لا يستجيب</title>
<style>
:root { color-scheme: light dark; }
body { font: 1.05rem/1.6 system-ui, sans-serif; max-width: 34rem; margin: 12vh auto; padding: 0 1rem; }
section + section { border-top: 1px solid #8886; margin-top: 1.5rem; padding-top: 1rem; }
h1, h2 { font-size: 1.3rem; margin: 0 0 .4rem; }
a { display: inline-block; margin-top: .6rem; padding: .5rem 1.1rem; border: 1px solid; border-radius: .4rem; color: inherit; text-decoration: none; }
</style>
</head>
<body>
<main>
<section>
<h1>This system is not answering right now</h1>
<p>It may be starting or being looked after. Please try again in a few seconds.</p>
<a href="">Retry</a>
</section>
<section lang="ar" dir="rtl">
<h2>هذا النظام لا يستجيب الآن</h2>
<p>قد يكون قيد التشغيل أو الصيانة. يُرجى المحاولة مرة أخرى بعد ثوانٍ قليلة.</p>
<a href="">إعادة المحاولة</a>
</section>
</main>
</body>
</html>
"""
