from django.contrib import admin

from agencies.models import Agency
from planwatch.admin_site import ServiceAdmin, site


@admin.register(Agency, site=site)
class AgencyAdmin(ServiceAdmin):
    service = "save_agency"
    fields = ["slug", "name", "short_name", "acronym", "parent", "jurisdiction", "url"]
    list_display = ["name", "slug", "acronym", "parent", "jurisdiction"]
    list_filter = ["jurisdiction"]
    list_select_related = ["parent"]
    search_fields = ["slug", "name", "short_name", "acronym"]
