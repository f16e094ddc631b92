from django.conf import settings
from django.contrib.auth import get_user_model
from django.contrib.auth.models import Group
from django.core.management.base import BaseCommand, CommandError
from django.db import transaction

PASSWORD = "planwatch-demo"
# Sign-in name and the role it shows; the administrator also gets Django's admin pages.
ACCOUNTS = {
    "contributor": "Contributor",
    "editor": "Editor",
    "second-editor": "Editor",
    "admin": "Administrator",
}


class Command(BaseCommand):
    help = (
        "Create an account for each role, all with the same well-known password. Only with DEBUG."
    )

    @transaction.atomic
    def handle(self, *, verbosity, **options):
        if not settings.DEBUG:
            raise CommandError(
                "Demo accounts have a password that everybody knows, so they are made only with DEBUG=1. "
                "Use `python manage.py createsuperuser` to make the first account of a real site."
            )
        users = get_user_model().objects
        for name, role in ACCOUNTS.items():
            user, is_new = users.get_or_create(username=name)
            user.groups.add(Group.objects.get_or_create(name=role)[0])
            if is_new:
                user.is_staff = user.is_superuser = role == "Administrator"
                user.set_password(PASSWORD)
                user.save()
        if verbosity:
            self.stdout.write(
                f"Accounts {', '.join(ACCOUNTS)}: password {PASSWORD}. "
                + self.style.WARNING("For this machine only: everybody knows that password.")
            )
