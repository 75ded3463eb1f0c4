import { SurroundingsContext, type Parts } from '@palabre/transcript';
import { useMemo, type ReactNode } from 'react';
import { useAccount } from '../../app/context.ts';
import { Banner } from '../../ui/Banner.tsx';
import { Button, IconButton } from '../../ui/Button.tsx';
import { Check } from '../../ui/Check.tsx';
import { Dialog } from '../../ui/Dialog.tsx';
import '../../ui/field.css';

const PARTS: Parts = {
  Button,
  IconButton,
  Dialog,
  Check,
  Warning: ({ action, children }) => (
    <Banner tone="warning" action={action}>
      {children}
    </Banner>
  ),
};

/** Gives players and pages of transcripts the account's files and the messenger's own look. */
export function Surrounded(props: { readonly children: ReactNode }) {
  const { media } = useAccount();
  const surroundings = useMemo(() => ({ media, parts: PARTS }), [media]);
  return <SurroundingsContext value={surroundings}>{props.children}</SurroundingsContext>;
}
