import { Fragment } from 'react';

const LINK = /\bhttps?:\/\/[^\s<>"']+/gu;
/** Punctuation that ends a sentence rather than an address. */
const TRAILING = /[.,;:!?)\]}]+$/u;

export interface Piece {
  readonly text: string;
  readonly href: string | undefined;
}

/** Splits a text at its web addresses. Only http and https become links. */
export function piecesOf(text: string): readonly Piece[] {
  const pieces: Piece[] = [];
  let last = 0;
  for (const match of text.matchAll(LINK)) {
    const address = match[0].replace(TRAILING, '');
    if (!URL.canParse(address)) continue;
    if (match.index > last) pieces.push({ text: text.slice(last, match.index), href: undefined });
    pieces.push({ text: address, href: address });
    last = match.index + address.length;
  }
  if (last < text.length) pieces.push({ text: text.slice(last), href: undefined });
  return pieces;
}

/** Text as it was typed, with links. */
export function PlainText(props: { readonly text: string }) {
  return piecesOf(props.text).map((piece, index) =>
    piece.href === undefined ? (
      <Fragment key={index}>{piece.text}</Fragment>
    ) : (
      <a key={index} href={piece.href} target="_blank" rel="noopener noreferrer nofollow">
        {piece.text}
      </a>
    ),
  );
}
