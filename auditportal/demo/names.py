"""Names that are plainly invented."""

from random import Random

FIRST = """
Ade Alba Alma Amina Anouk Arlo Asha Aubrey Bea Bilal Blythe Bram Cai Carys Cato Clio Dara Dewi Dilys
Edie Eira Elio Elspeth Emre Esme Fara Fenn Fia Florin Gwil Hani Hedy Idris Ines Iona Isla Ivo Jory
Jun Kit Kofi Lark Leif Lena Lio Lowri Mabel Mina Mo Nadia Nell Nia Noor Odile Olu Orla Otis Pearl
Petra Pia Quill Rafi Reva Rhea Roan Romy Rufus Sabi Saffi Sami Senna Signe Sol Suki Tamsin Tarn
Tegan Thea Tomos Una Uri Vera Wilf Wren Xan Yara Yusuf Zadie Zeb
""".split()  # noqa: SIM905  # a list of words reads better as text
LAST = """
Demoford Exampleby Fableton Fictionwell Figmentley Imaginley Inventon Madeupham Makebelieve
Mockridge Mythwood Notrealham Novelton Placeholder Pretendham Samplewood Specimenfield Storyworth
Testerton Trialby
""".split()  # noqa: SIM905  # a list of words reads better as text


def invented_names(count: int, *, rng: Random) -> list[str]:
    """So many different names, in an order that the seed decides."""
    every = [f"{first} {last}" for first in FIRST for last in LAST]
    return rng.sample(every, count)
