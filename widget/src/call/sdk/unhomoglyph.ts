/** matrix-js-sdk brings a 200 kB table for comparing look-alike names; the session never calls it. */
export default function unhomoglyph(text: string): string {
  return text;
}
