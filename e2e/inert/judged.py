"""What a browser is asked about a page that shows texts of others."""

JUDGED = r"""() => {
const wrong = [];
if (window.inert !== undefined) wrong.push('a script of the site ran');
if (document.querySelector('img[src="x"], script:not([src]), [onerror]')) wrong.push('a text became markup');
const turns = /[\u202a-\u202e\u2066-\u2069]/;
const texts = document.createTreeWalker(document.documentElement, NodeFilter.SHOW_TEXT);
for (let text = texts.nextNode(); text; text = texts.nextNode()) {
  if (text.data.includes('\u001b')) wrong.push('an order to a terminal: ' + text.data.slice(0, 80));
  if (turns.test(text.data)) wrong.push('a line is turned around: ' + text.data.slice(0, 80));
}
for (const one of document.querySelectorAll('*'))
  for (const attribute of one.attributes)
    if (turns.test(attribute.value) || attribute.value.includes('\u001b')) wrong.push('in an attribute: ' + attribute.name);
return wrong;
}"""
