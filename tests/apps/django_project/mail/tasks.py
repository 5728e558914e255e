from celery import shared_task


@shared_task
def send(number: int) -> str:
    """Use a model, for which Django must be set up."""
    from mail.models import Letter

    return Letter(subject=f"letter {number}").subject
