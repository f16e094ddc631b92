from django.urls import path

from commitments.alerts import views

urlpatterns = [
    path("follow/", views.follow, name="follow"),
    path("follow/sent/", views.follow_sent, name="follow_sent"),
    path("alerts/", views.manage, name="alerts_manage"),
    path("alerts/confirm/", views.confirm, name="alerts_confirm"),
    path("alerts/leave/", views.leave, name="alerts_leave"),
    path("editor/reminders/", views.reminders, name="editor_reminders"),
]
