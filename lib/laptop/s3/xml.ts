/** An XML element: a name and text, or a name and more elements; a list repeats the element, undefined leaves it out. */
type Content = string | number | boolean | undefined | Elements | Elements[];
export type Elements = { [name: string]: Content };

export const document = (elements: Elements) => `<?xml version="1.0" encoding="UTF-8"?>\n${write(elements)}`;

function write(elements: Elements): string {
  return Object.entries(elements)
    .flatMap(([name, content]) => (Array.isArray(content) ? content : [content]).map((each) => element(name, each)))
    .join('');
}

function element(name: string, content: Exclude<Content, Elements[]>): string {
  if (content === undefined) return '';
  const attribute = /Result$/.test(name) ? ' xmlns="http://s3.amazonaws.com/doc/2006-03-01/"' : '';
  return `<${name}${attribute}>${typeof content === 'object' ? write(content) : escapeText(String(content))}</${name}>`;
}

/** Beside the five characters of XML, control characters, which S3 sends as references too. */
const special = /[&<>"'\p{Cc}]/gu;

const escapeText = (text: string) => text.replace(special, (character) => `&#${character.charCodeAt(0)};`);
