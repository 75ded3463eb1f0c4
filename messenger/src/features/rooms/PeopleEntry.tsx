import { useEffect, useState } from 'react';
import { useTranslation } from 'react-i18next';
import { useAccount, useMessenger } from '../../app/context.ts';
import { userIdFrom } from '../../matrix/room-creation.ts';
import type { Person } from '../../store/model.ts';
import { Avatar } from '../../ui/Avatar.tsx';
import { Button } from '../../ui/Button.tsx';
import { Field } from '../../ui/Field.tsx';
import './create-room.css';

const SEARCH_DELAY_MS = 250;
const SEARCH_FROM = 2;

/** A line in which people are named, with those the homeserver knows below it. */
export function PeopleEntry(props: {
  readonly label: string;
  readonly submit: string;
  readonly help?: string;
  readonly leaveOut: readonly string[];
  readonly onPick: (userId: string) => void;
}) {
  const { t } = useTranslation();
  const { actions } = useAccount();
  const { config } = useMessenger();
  const [text, setText] = useState('');
  const [found, setFound] = useState<readonly Person[]>([]);
  const [refused, setRefused] = useState(false);
  useEffect(() => {
    const wanted = text.trim();
    if (wanted.length < SEARCH_FROM) return undefined;
    let gone = false;
    const timer = setTimeout(() => {
      // Without a directory people are named by their address.
      actions.findPeople(wanted).then(
        (people) => {
          if (!gone) setFound(people);
        },
        () => undefined,
      );
    }, SEARCH_DELAY_MS);
    return () => {
      gone = true;
      clearTimeout(timer);
    };
  }, [actions, text]);
  const pick = (userId: string): void => {
    props.onPick(userId);
    setText('');
    setFound([]);
    setRefused(false);
  };
  const submit = (): void => {
    const userId = userIdFrom(text, config.serverName);
    if (userId === undefined) setRefused(true);
    else pick(userId);
  };
  const offered = found.filter((person) => !props.leaveOut.includes(person.userId));
  return (
    <div
      className="people-entry"
      onKeyDown={(event) => {
        if (event.key !== 'Enter' || text.trim() === '' || !(event.target instanceof HTMLInputElement)) return;
        event.preventDefault();
        submit();
      }}
    >
      <div className="people-entry-line">
        <Field
          label={props.label}
          value={text}
          onChange={(value) => {
            setText(value);
            if (value.trim().length < SEARCH_FROM) setFound([]);
            setRefused(false);
          }}
          testId="invite-user"
          error={refused ? t('create.unknownPerson') : undefined}
        />
        <Button onPress={submit} isDisabled={text.trim() === ''} data-testid="invite-submit">
          {props.submit}
        </Button>
      </div>
      {props.help !== undefined && offered.length === 0 && !refused && <p className="field-help">{props.help}</p>}
      {offered.length > 0 && (
        <ul className="people-found">
          {offered.map((person) => (
            <li key={person.userId}>
              <button type="button" onClick={() => pick(person.userId)}>
                <Avatar id={person.userId} name={person.name} mxc={person.avatarMxc} size="s" />
                <span>
                  {person.name}
                  <small>{person.userId}</small>
                </span>
              </button>
            </li>
          ))}
        </ul>
      )}
    </div>
  );
}
