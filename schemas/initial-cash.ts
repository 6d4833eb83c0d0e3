/** Cash of an account where nobody asks for another amount, in its currency. */
export const INITIAL_CASH = 1_000_000;
