// Discord's Markdown, as an embed takes it, in the elements of discord-components.

import { rulesExtended, SimpleMarkdown } from 'discord-markdown-parser';

import { element } from './element.mjs';

// The parser's own rule misses small text after a quoted line; Discord looks only for the end of a line.
const subtext = {
  ...rulesExtended.subtext,
  match: (source, state) => /(?:^|\n)$/.test(state.prevCapture?.[0] ?? '') && /^-# +([^\n]+)(?:\n|$)/.exec(source)
};
const parse = SimpleMarkdown.parserFor({ ...rulesExtended, subtext });

// A date in the reader's own form. Noon in Greenwich, as the bot sends days, is that day nearly everywhere.
const day = new Intl.DateTimeFormat('es', { day: '2-digit', month: '2-digit', year: 'numeric', timeZone: 'UTC' });

const made = {
  text: ({ content }) => content,
  br: () => element('br'),
  // discord-bold and discord-italic would put a space after the word.
  strong: ({ content }) => element('strong', {}, shown(content)),
  em: ({ content }) => element('em', {}, shown(content)),
  link: ({ content, target }) => element('discord-link', { href: target }, shown(content)),
  blockQuote: ({ content }) => element('discord-quote', {}, shown(content)),
  subtext: ({ content }) => element('discord-subscript', {}, shown(content)),
  timestamp: ({ timestamp, format }) => {
    if (format !== 'd') throw new Error(`The picture shows no time of the form ${format} yet: add it to markdown.mjs.`);
    return element('discord-time', {}, [day.format(new Date(timestamp * 1000))]);
  }
};

/** The nodes that show a text; what Discord would show and this does not know is an error. */
export function markdown(text) {
  return shown(parse(text, { inline: true }));
}

function shown(nodes) {
  return nodes.map((node) => {
    if (Object.hasOwn(made, node.type)) return made[node.type](node);
    throw new Error(`The picture shows no ${node.type} yet: add it to markdown.mjs.`);
  });
}
