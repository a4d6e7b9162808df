"""Operations and their plans."""
