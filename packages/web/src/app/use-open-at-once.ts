/** For what is loaded when its button is first pressed: takes that button's place, with the focus, and opens. */
import { type RefObject, useEffect, useRef, useState } from "react";

export function useOpenAtOnce(): {
  /** For the button; where the focus comes back to. */
  readonly button: RefObject<HTMLButtonElement | null>;
  readonly isOpen: boolean;
  readonly setIsOpen: (isOpen: boolean) => void;
} {
  const button = useRef<HTMLButtonElement>(null);
  const [isOpen, setIsOpen] = useState(false);
  useEffect(() => {
    button.current?.focus({ preventScroll: true });
    setIsOpen(true);
  }, []);
  return { button, isOpen, setIsOpen };
}
