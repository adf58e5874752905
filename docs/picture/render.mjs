// Makes the picture: node render.mjs BROWSER PICTURE <messages.json
//
// BROWSER is a Chromium, PICTURE the PNG to write, and the messages are what messages.py prints. Nothing is loaded from
// elsewhere: the page, its components and its fonts stand in a folder of their own, which goes when it is done.

import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { fileURLToPath, pathToFileURL } from 'node:url';

import { build } from 'esbuild';
import sharp from 'sharp';

const WIDTH = 690;
const SCALE = 2;
const PAGE = `<!doctype html>
<html lang="es">
<meta charset="utf-8">
<link rel="stylesheet" href="page.css">
<body>
<script src="page.js"></script>
<script src="messages.js"></script>
`;

async function writePage(folder, messages) {
  await build({
    entryPoints: [fileURLToPath(new URL('page.mjs', import.meta.url))],
    outdir: folder,
    bundle: true,
    logLevel: 'error',
    // Chromium reads WOFF2; the older form of each font is left out.
    loader: { '.woff2': 'dataurl', '.woff': 'empty' }
  });
  writeFileSync(join(folder, 'messages.js'), `show(${messages});`);
  writeFileSync(join(folder, 'page.html'), PAGE);
  return pathToFileURL(join(folder, 'page.html')).href;
}

/** Open a page in a window of that height, in pixels; return what Chromium prints. */
function open(browser, folder, height, ...wanted) {
  const unwanted = ['gpu', 'quic', 'background-networking', 'component-update', 'sync', 'extensions'];
  const options = [
    '--headless',
    // Chromium's own sandbox is not to be had everywhere, and the page is this folder's own.
    '--no-sandbox',
    '--no-first-run',
    '--hide-scrollbars',
    ...unwanted.map((what) => `--disable-${what}`),
    `--user-data-dir=${join(folder, 'profile')}`,
    `--window-size=${WIDTH},${height}`,
    `--force-device-scale-factor=${SCALE}`,
    // Components and fonts get five seconds of a clock that goes on only while nothing is being loaded.
    '--virtual-time-budget=5000'
  ];
  try {
    return execFileSync(browser, [...options, ...wanted], { encoding: 'utf8', maxBuffer: 2 ** 28, stdio: 'pipe' });
  } catch (error) {
    // Chromium complains of much that a picture does not need: only what it says when it fails is worth reading.
    const last = error.stderr?.trim().split('\n').at(-1) || error.code || `exit code ${error.status}`;
    throw new Error(`${browser} cannot be used (${last}): name another Chromium in CHROMIUM.`);
  }
}

async function main([browser, picture]) {
  const messages = await text(process.stdin);
  if (!messages) throw new Error('No messages came in: mend what stopped messages.py.');
  const folder = mkdtempSync(join(tmpdir(), 'picture-'));
  try {
    const page = await writePage(folder, messages);
    const shown = open(browser, folder, WIDTH, '--dump-dom', page);
    const found = /<body data-(?:height="(\d+)"|error="([^"]*)")/.exec(shown) ?? [];
    const [, height, error = 'The page did not come up: look for what page.mjs does wrong.'] = found;
    if (!height) throw new Error(error);
    const shot = join(folder, 'shot.png');
    open(browser, folder, height, `--screenshot=${shot}`, page);
    // 256 colours are less than half the size, and no difference to be seen.
    await sharp(shot).png({ palette: true, effort: 10 }).toFile(picture);
    console.log(`${picture}: ${WIDTH * SCALE} x ${height * SCALE} pixels`);
  } finally {
    rmSync(folder, { recursive: true });
  }
}

try {
  await main(process.argv.slice(2));
} catch (error) {
  console.error(error.message);
  process.exitCode = 1;
}
