import { CircleDot, CircleOff, FileText, FileX } from 'lucide-react';
import type { ConsentPurpose } from '@palabre/protocol';

/** The signs of the top line and of the tiles: a dot for recordings, a sheet for transcripts, struck out where nothing is kept. */
export function KeptIcon(props: {
  readonly about: ConsentPurpose | 'both';
  readonly kept: boolean;
  readonly size: number;
}) {
  const { about, kept, size } = props;
  if (about === 'transcription') {
    const Sheet = kept ? FileText : FileX;
    return <Sheet size={size} aria-hidden="true" />;
  }
  return kept ? (
    <CircleDot className="consent-dot" size={size} aria-hidden="true" />
  ) : (
    <CircleOff size={size} aria-hidden="true" />
  );
}
