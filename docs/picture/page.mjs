// In the browser: the messages of a channel, as Discord shows them to somebody who reads Spanish.

import '@fontsource/noto-color-emoji/emoji-400.css';
import '@fontsource/noto-sans/latin-400.css';
import '@fontsource/noto-sans/latin-500.css';
import '@fontsource/noto-sans/latin-600.css';
import '@fontsource/noto-sans/latin-700.css';
import '@skyra/discord-components-core';

import { element } from './element.mjs';
import { markdown } from './markdown.mjs';
import './page.css';

const BUTTON = 2;
const LINK = 5;
const STYLES = { 1: 'primary', 2: 'secondary', 3: 'success', 4: 'destructive', [LINK]: 'secondary' };
const COLOURS = ['#c2410c', '#3f7d58'];
// An hour that stays the same, so that the same messages make the same picture.
const HOUR = 'hoy a las 12:30';

/** Somebody without a picture: the first letter of the name. */
function avatar({ author, shown_as: name }) {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="80" height="80">
    <rect width="80" height="80" fill="${COLOURS[Number(!author.bot)]}"/>
    <text x="40" y="54" text-anchor="middle" font-family="sans-serif" font-size="40" fill="#fff">${name[0]}</text>
  </svg>`;
  return `data:image/svg+xml,${encodeURIComponent(svg)}`;
}

function shownMessage(message, messages) {
  return element(
    'discord-message',
    { author: message.shown_as, avatar: avatar(message), bot: message.author.bot || null, timestamp: HOUR },
    [
      ...answered(message, messages),
      ...markdown(message.content),
      ...message.embeds.map(shownEmbed),
      ...shownRows(message.components)
    ]
  );
}

/** What stands above a message: the command or the message that it answers. */
function answered(message, messages) {
  if (message.command) {
    const user = messages.find(({ author }) => author.id === message.interaction_metadata.user.id);
    const about = { author: user.shown_as, avatar: avatar(user), command: message.command, type: 'slash_command' };
    return [element('discord-command', { slot: 'reply', ...about })];
  }
  if (!message.referenced_message) return [];
  const { id, content } = message.referenced_message;
  const original = messages.find((each) => each.id === id);
  const pinged = message.mentions.some((user) => user.id === original.author.id);
  const about = { author: original.shown_as, avatar: avatar(original), bot: original.author.bot || null };
  const marks = { mentions: pinged || null, attachment: content ? null : true };
  const said = content || element('em', {}, ['Haz clic para ver los archivos adjuntos']);
  return [element('discord-reply', { slot: 'reply', ...about, ...marks }, [said])];
}

function shownEmbed({ type: _type, flags: _flags, color, description, fields = [], footer, ...others }) {
  const [unknown] = Object.keys(others);
  if (unknown) throw new Error(`The picture shows no ${unknown} of an embed yet: add it to page.mjs.`);
  const parts = [element('discord-embed-description', { slot: 'description' }, markdown(description))];
  if (fields.length) parts.push(element('discord-embed-fields', { slot: 'fields' }, fields.map(shownField)));
  if (footer) parts.push(element('discord-embed-footer', { slot: 'footer' }, [footer.text]));
  return element('discord-embed', { slot: 'embeds', color: `#${color.toString(16).padStart(6, '0')}` }, parts);
}

function shownField({ name, value }) {
  return element('discord-embed-field', { 'field-title': name }, markdown(value));
}

function shownRows(rows) {
  if (!rows.length) return [];
  const shown = rows.map(({ components }) => element('discord-action-row', {}, components.map(shownButton)));
  return [element('discord-attachments', { slot: 'components' }, shown)];
}

function shownButton({ type, style, label, emoji, url = null }) {
  if (type !== BUTTON) throw new Error(`The picture shows no component of type ${type} yet: add it to page.mjs.`);
  const parts = emoji ? [element('span', { class: 'emoji' }, [emoji.name])] : [];
  if (label) parts.push(element('span', { class: 'label' }, [label]));
  return element('discord-button', { type: STYLES[style], url }, parts);
}

/** What the components say in English, as Discord says it in Spanish. */
function translate(command) {
  const used = [...command.shadowRoot.querySelectorAll('span')].find((each) => each.textContent === ' used ');
  used.textContent = ' ha usado ';
}

/** Show the messages; when all of it stands, the body says its height in pixels (`data-height`), or `data-error`. */
async function show(messages) {
  document.body.append(element('discord-messages', {}, messages.map((each) => shownMessage(each, messages))));
  await Promise.all([...document.querySelectorAll('*')].map((each) => each.updateComplete));
  document.querySelectorAll('discord-command').forEach(translate);
  // A font begins to load when the page is laid out.
  document.body.getBoundingClientRect();
  await document.fonts.ready;
  document.body.dataset.height = Math.ceil(document.body.getBoundingClientRect().height);
}

window.show = (messages) =>
  show(messages).catch((error) => {
    document.body.dataset.error = error.message;
  });
