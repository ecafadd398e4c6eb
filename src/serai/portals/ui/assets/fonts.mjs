// The fonts that PDF documents are set in, as TrueType: their packages ship WOFF, which is the same
// tables, each compressed with zlib.
import { mkdir, readFile, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { inflateSync } from "node:zlib";

const FONTS = {
  "IBMPlexSans-Regular": "@ibm/plex-sans/fonts/complete/woff/IBMPlexSans-Regular.woff",
  "IBMPlexSans-SemiBold": "@ibm/plex-sans/fonts/complete/woff/IBMPlexSans-SemiBold.woff",
  "IBMPlexSansArabic-Regular": "@ibm/plex-sans-arabic/fonts/complete/woff/IBMPlexSansArabic-Regular.woff",
  "IBMPlexSansArabic-SemiBold": "@ibm/plex-sans-arabic/fonts/complete/woff/IBMPlexSansArabic-SemiBold.woff",
  "NotoEmoji-Regular": "@fontsource/noto-emoji/files/noto-emoji-emoji-400-normal.woff",
};
const WOFF_HEADER = 44, WOFF_ENTRY = 20, TTF_HEADER = 12, TTF_ENTRY = 16;

export async function documentFonts(out) {
  const directory = join(out, "document-fonts");
  await mkdir(directory);
  await Promise.all(
    Object.entries(FONTS).map(async ([name, file]) => {
      const woff = await readFile(join("node_modules", file));
      await writeFile(join(directory, `${name}.ttf`), unpack(woff, file));
    }),
  );
}

function unpack(woff, file) {
  if (woff.toString("latin1", 0, 4) !== "wOFF") throw new Error(`${file} is no WOFF 1.0 font`);
  const tables = readTables(woff);
  const length = tables.reduce((sum, each) => sum + padded(each.data.length), TTF_HEADER + TTF_ENTRY * tables.length);
  const ttf = Buffer.alloc(length);
  woff.copy(ttf, 0, 4, 8); // which flavour of outlines
  const power = Math.floor(Math.log2(tables.length));
  ttf.writeUInt16BE(tables.length, 4);
  ttf.writeUInt16BE(2 ** power * 16, 6);
  ttf.writeUInt16BE(power, 8);
  ttf.writeUInt16BE(tables.length * 16 - 2 ** power * 16, 10);
  let offset = TTF_HEADER + TTF_ENTRY * tables.length;
  tables.forEach((table, i) => {
    const entry = TTF_HEADER + TTF_ENTRY * i;
    table.tag.copy(ttf, entry);
    ttf.writeUInt32BE(table.checksum, entry + 4);
    ttf.writeUInt32BE(offset, entry + 8);
    ttf.writeUInt32BE(table.data.length, entry + 12);
    table.data.copy(ttf, offset);
    offset += padded(table.data.length);
  });
  return ttf;
}

function readTables(woff) {
  return Array.from({ length: woff.readUInt16BE(12) }, (_, i) => {
    const entry = WOFF_HEADER + WOFF_ENTRY * i;
    const [start, stored, original] = [4, 8, 12].map((at) => woff.readUInt32BE(entry + at));
    const data = woff.subarray(start, start + stored);
    return {
      tag: woff.subarray(entry, entry + 4),
      data: stored < original ? inflateSync(data) : data,
      checksum: woff.readUInt32BE(entry + 16),
    };
  });
}

const padded = (length) => (length + 3) & ~3;
