/**
 * Columns of a text on a terminal, in the package: what yargs lays out are our own texts, whose characters take a column each (a test).
 * Stands for the package `string-width`, which makes a segmenter and a regular expression of all emoji whenever it is loaded: a tenth of a
 * short command's time.
 */
const plainWidth = (text: string): number => text.length;
export default plainWidth;
