// The part of the README that is made from the settings table.
import { settingsMarkdown } from '../../core/config/settings.js'

const BEGIN = '<!-- settings: written by `npm run docs` from core/config/settings-table.ts -->'
const END = '<!-- end of settings -->'

/** The same README with the settings as they are now. Throws where the markers are missing. */
export function withSettings(readme: string): string {
  const begin = readme.indexOf(BEGIN)
  const end = readme.indexOf(END)
  if (begin < 0 || end < begin) throw new Error(`README.md needs the lines «${BEGIN}» and «${END}», in this order`)
  return `${readme.slice(0, begin)}${BEGIN}\n${settingsMarkdown()}${readme.slice(end)}`
}
