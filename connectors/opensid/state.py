"""The cursor, typed."""

from __future__ import annotations

from dataclasses import dataclass, field

from hub.spec import ArticleState, Cursor, Validators


@dataclass(slots=True)
class State(ArticleState):
    """``page``: of the archive, the next to read, 0 when there is none, and ``failed``: visits in which it
    could not be."""

    validators: Validators = field(default_factory=Validators)
    page: int = 0
    failed: int = 0

    def dump(self) -> Cursor:
        saved = {"validators": self.validators.dump(), **self.dump_articles()}
        if self.page:
            saved |= {"page": self.page, "failed": self.failed}
        return saved

    @classmethod
    def load(cls, saved: Cursor) -> State:
        """Anything unexpected counts as absent: at worst articles are read again."""
        page, failed = saved.get("page"), saved.get("failed")
        state = cls(
            validators=Validators.load(saved.get("validators")),
            page=page if isinstance(page, int) else 0,
            failed=failed if isinstance(failed, int) else 0,
        )
        state.load_articles(saved)
        return state
