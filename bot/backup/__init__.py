"""All that a bot is made of in one archive, and back: the published index, the articles, and what is remembered.

    manifest.json        what the archive holds, and the SHA-256 and size of every member; the first one
    articles/<n>/…       the articles of the n-th folder of ARTICLES_DIR, counted from 0
    index/…              the published version's folder
    state.sqlite         STATE_FILE as it was at one moment, without what was deleted from it; left out where none is

Settings are left out, since they hold secrets; so are caches, which a build makes anew. ``saving`` writes an archive
while the bot runs, ``restoring`` puts everything back. ``archive`` reads and writes the file, ``contents`` its
manifest; ``articles``, ``published`` and ``state`` know a part each.
"""
