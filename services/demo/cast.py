"""Invented people of the demonstration schools: the same number gives the same name; nobody real is meant."""

from __future__ import annotations

FAMILIES = (
    "Антонов", "Быков", "Волков", "Гусев", "Дёмин", "Ершов", "Жуков", "Зимин", "Ильин", "Козлов", "Лавров",
    "Морозов", "Новиков", "Осипов", "Панов", "Рожков", "Седов", "Титов", "Уваров", "Фролов", "Чернов",
)  # fmt: skip
BOYS = ("Илья", "Артём", "Максим", "Тимур", "Егор", "Кирилл", "Роман")
GIRLS = ("Дарья", "Полина", "Алина", "Вера", "Ксения", "Елизавета", "Софья")
TEACHERS = (
    "Елена Викторовна", "Ольга Павловна", "Марина Сергеевна", "Ирина Юрьевна", "Наталья Борисовна",
    "Пётр Андреевич", "Игорь Олегович",
)  # fmt: skip
WOMEN_AMONG_TEACHERS = 5


def pupil(number: int) -> str:
    """Return 'Фамилия Имя' of the pupil with this number."""
    if number % 2:
        return f"{FAMILIES[number % len(FAMILIES)]}а {GIRLS[number // 2 % len(GIRLS)]}"
    return f"{FAMILIES[number % len(FAMILIES)]} {BOYS[number // 2 % len(BOYS)]}"


def adult(number: int) -> str:
    """Return 'Фамилия Имя Отчество' of the member of the staff with this number."""
    ending = "а" if number % len(TEACHERS) < WOMEN_AMONG_TEACHERS else ""
    return f"{FAMILIES[(number * 5 + 11) % len(FAMILIES)]}{ending} {TEACHERS[number % len(TEACHERS)]}"
