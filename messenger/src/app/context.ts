import { createContext, useContext } from 'react';
import type { Account, Messenger } from '../matrix/messenger.ts';

export const MessengerContext = createContext<Messenger | undefined>(undefined);
export const AccountContext = createContext<Account | undefined>(undefined);

/** The messenger of this page. @throws outside of its provider: a mistake in the code */
export function useMessenger(): Messenger {
  const messenger = useContext(MessengerContext);
  if (messenger === undefined) throw new Error('No messenger above this component');
  return messenger;
}

/** The signed-in account. @throws where nobody is signed in: a mistake in the code */
export function useAccount(): Account {
  const account = useContext(AccountContext);
  if (account === undefined) throw new Error('No account above this component');
  return account;
}
