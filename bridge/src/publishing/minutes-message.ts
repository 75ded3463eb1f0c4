import {
  formatClock,
  MINUTES_VERSION,
  type MinutesBlock,
  type MinutesFacts,
  type MinutesSource,
} from '@palabre/protocol';
import { escapeHtml } from './html.ts';
import { inThread, message, type Content } from './messages.ts';
import { minutesTextsFor, type MinutesTexts } from './minutes-texts.ts';
import { participantsText } from './people-text.ts';
import type { RoomLanguage } from './texts.ts';

/** Minutes as they are posted: text for people, a block for programs. Pure. */

/** One line of a list: what is said, who said it (for quotes), and where it was said. */
interface Item {
  readonly text: string;
  readonly speaker?: string;
  readonly at: Pick<MinutesSource, 'start_ms' | 'event_id'> | undefined;
}
interface Section {
  readonly title: string;
  readonly items: readonly Item[];
}

function sectionsOf(facts: MinutesFacts, texts: MinutesTexts): Section[] {
  const plainItem = ({ text, sources }: MinutesBlock['decisions'][number]): Item => ({ text, at: sources[0] });
  const { purpose, decisions, actions, questions, extract } = facts;
  return [
    { title: texts.purpose, items: purpose === undefined ? [] : [plainItem(purpose)] },
    { title: texts.decisions, items: decisions.map(plainItem) },
    {
      title: texts.actions,
      items: actions.map(({ who, due, text, sources }) => ({ text: texts.action(who, text, due), at: sources[0] })),
    },
    { title: texts.questions, items: questions.map(plainItem) },
    { title: texts.extract, items: extract.map((line) => ({ text: line.text, speaker: line.name, at: line })) },
  ].filter(({ items }) => items.length > 0);
}

/** How they came about, for whoever reads them. */
function originOf(facts: MinutesFacts, texts: MinutesTexts): string[] {
  const {
    method,
    model,
    operator,
    place,
    instead,
    left_out: leftOut,
    approved_by: approver,
    edited,
    shortened,
  } = facts;
  return [
    ...(method === 'model' ? [texts.byModel(model ?? '–', operator ?? '–', place ?? '–')] : []),
    ...(instead === undefined ? [] : [texts.instead[instead]]),
    ...(method === 'model' && leftOut > 0 ? [texts.leftOut(leftOut)] : []),
    ...(shortened === true ? [texts.shortened] : []),
    ...(approver === undefined ? [] : [texts.approved(`${approver.name} (${approver.user_id})`, edited)]),
  ];
}

/** A moment in the transcript; a link where it is known which message holds it. */
function momentHtml(at: Item['at'], roomId: string): string {
  if (at === undefined) return '';
  const time = `<code>${formatClock(at.start_ms)}</code>`;
  if (!('event_id' in at) || at.event_id === undefined) return ` ${time}`;
  const address = `https://matrix.to/#/${encodeURIComponent(roomId)}/${encodeURIComponent(at.event_id)}`;
  return ` <a href="${escapeHtml(address)}">${time}</a>`;
}

function emptyText({ method }: Pick<MinutesBlock, 'method'>, texts: MinutesTexts): string {
  return method === 'model' ? texts.nothingFound : texts.noExtract;
}

export function minutesMessage(facts: MinutesFacts, root: string, roomId: string, language: RoomLanguage): Content {
  const texts = minutesTextsFor(language);
  const block: MinutesBlock = { kind: 'minutes', version: MINUTES_VERSION, ...facts };
  const head = [texts.duration(formatClock(facts.duration_ms)), texts.people(participantsText(facts, language))];
  const sections = sectionsOf(facts, texts);
  const origin = originOf(facts, texts);
  const empty = sections.length === 0 ? [emptyText(facts, texts)] : [];
  const body = [
    texts.title,
    head.join('\n'),
    ...sections.map(({ title, items }) =>
      [
        `${title}:`,
        ...items.map(({ text, speaker, at }) => {
          const time = at === undefined ? '' : ` (${formatClock(at.start_ms)})`;
          return speaker === undefined ? `- ${text}${time}` : `- ${speaker}${time}: ${text}`;
        }),
      ].join('\n'),
    ),
    ...empty,
    ...origin,
  ].join('\n\n');
  const html = [
    `<h4>${escapeHtml(texts.title)}</h4><p>${head.map(escapeHtml).join('<br>')}</p>`,
    ...sections.map(({ title, items }) => {
      const lines = items.map(({ text, speaker, at }) =>
        speaker === undefined
          ? `<li>${escapeHtml(text)}${momentHtml(at, roomId)}</li>`
          : `<li><strong>${escapeHtml(speaker)}</strong>${momentHtml(at, roomId)} ${escapeHtml(text)}</li>`,
      );
      return `<p><strong>${escapeHtml(title)}</strong></p><ul>${lines.join('')}</ul>`;
    }),
    ...[...empty, ...origin].map((text) => `<p><em>${escapeHtml(text)}</em></p>`),
  ].join('');
  return { ...message(body, html, block), ...inThread(root) };
}
